--- Tells the server where the cursor rests without anything having been typed, so that it has read what stands there
--- before the first key.

local server = require('tandem.server')

local M = {}

local REST_MS = 50

local timer = assert(vim.uv.new_timer())

local function tell()
  local client = server.client(vim.api.nvim_get_current_buf())
  if client then
    local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
    client:notify('tandem/didMoveCursor', params)
  end
end

--- The cursor has moved; for the events CursorMoved and CursorMovedI.
function M.moved()
  timer:start(REST_MS, 0, vim.schedule_wrap(tell))
end

return M
