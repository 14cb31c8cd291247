--- Why the last suggestion in the current buffer was what it was, or why there was none, as a page to read.
---
--- Invariant: the page is the server's, and is gone with its window.

local server = require('tandem.server')

local M = {}

local function say_nothing()
  vim.notify('Tandem: nothing was suggested in this buffer lately.')
end

---@param markdown string
local function open(markdown)
  local page = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(page, 0, -1, true, vim.split(markdown, '\n'))
  vim.bo[page].filetype = 'markdown'
  vim.bo[page].bufhidden = 'wipe'
  vim.bo[page].modifiable = false
  vim.api.nvim_open_win(page, true, { split = 'below' })
end

--- Ask the server, and show its answer in a window of its own.
function M.show()
  local client = server.client(vim.api.nvim_get_current_buf())
  if not client then
    return say_nothing()
  end
  local params = { textDocument = vim.lsp.util.make_text_document_params() }
  client:request('tandem/explain', params, function(_, told)
    if type(told) == 'table' then
      open(told.markdown)
    else
      say_nothing()
    end
  end)
end

return M
