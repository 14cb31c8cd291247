--- Neovim's own trigger and ghost text (`vim.lsp.inline_completion`), which asks 200 ms after a change.
---
--- Only accepting is ours: by the word and the line, and with the buffer's line endings. What is left after a word or
--- a line is shown again when Neovim has asked again.

local accept = require('tandem.accept')
local ghost = require('tandem.ghost')
local place = require('tandem.place')

local M = {}

local group = vim.api.nvim_create_augroup('tandem.stock', {})

--- Serve a buffer.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  M.detach(bufnr)
  vim.lsp.inline_completion.enable(true, { client_id = client.id })
  vim.api.nvim_create_autocmd({ 'TextChangedI', 'InsertLeave' }, {
    group = group,
    buffer = bufnr,
    callback = function()
      ghost.hide()
    end,
  })
end

--- Serve a buffer no more.
---@param bufnr integer
function M.detach(bufnr)
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
end

---@param kind tandem.Piece
---@return boolean whether something was shown
function M.accept(kind)
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local client = vim.lsp.get_client_by_id(item.client_id)
      local here = place.here()
      local range = client and item.range and item.range:to_lsp(client.offset_encoding)
      if client and range and range.start.line == here.row then
        ghost.show(here, client, { { insertText = item.insert_text, range = range, command = item.command } })
        accept.accept(kind)
      end
    end,
  })
end

---@param step integer
---@return boolean whether something was shown, which only its marks tell
function M.cycle(step)
  local marks = vim.api.nvim_create_namespace('nvim.lsp.inline_completion')
  vim.lsp.inline_completion.select({ count = step })
  return #vim.api.nvim_buf_get_extmarks(0, marks, 0, -1, { limit = 1 }) > 0
end

---@return boolean whether something was shown: Neovim has no way to tell, or to dismiss it
function M.dismiss()
  return false
end

---@return boolean whether it could be asked for: Neovim asks by itself only
function M.trigger()
  return false
end

return M
