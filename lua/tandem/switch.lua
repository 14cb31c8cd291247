--- Where Tandem is on: everywhere, in this buffer, for this filetype.
---
--- Invariant: where it is off the server has no document open, and where it is off everywhere there is no server.

local options = require('tandem.options')

local M = {}

---@alias tandem.Scope 'all'|'buffer'|'filetype'

---@return boolean
function M.is_on()
  return options.current.enabled
end

--- Whether a buffer is to be served: one that is a file; `vim.b.tandem_enabled` decides before its filetype does.
---@param bufnr integer
---@return boolean
function M.allows(bufnr)
  local filetypes = options.current.filetypes
  local own = vim.b[bufnr].tandem_enabled
  if not M.is_on() or own == false or vim.bo[bufnr].buftype ~= '' then
    return false
  end
  local by_type = filetypes[vim.bo[bufnr].filetype]
  if by_type == nil then
    by_type = filetypes['*'] ~= false
  end
  return own or by_type
end

--- Start or end serving, in line with what is allowed now.
local function apply()
  vim.lsp.enable(options.NAME, M.is_on())
  for _, client in ipairs(vim.lsp.get_clients({ name = options.NAME })) do
    for bufnr in pairs(client.attached_buffers) do
      if not M.allows(bufnr) then
        vim.lsp.buf_detach_client(bufnr, client.id)
      end
    end
  end
end

--- Switch Tandem on or off.
---@param on boolean
---@param scope? tandem.Scope all unless named; the others are about the current buffer
function M.set(on, scope)
  if scope == 'buffer' then
    vim.b.tandem_enabled = on
  elseif scope == 'filetype' then
    options.current.filetypes[vim.bo.filetype] = on
  else
    options.current.enabled = on
  end
  apply()
end

return M
