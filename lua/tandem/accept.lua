--- Writes a suggestion, or its next word or line, into the buffer.
---
--- Invariant: an accept is one step for undo, nothing of what is typed before or after belongs to it, and `.` repeats it
--- as if it had been typed.

local ghost = require('tandem.ghost')
local pieces = require('tandem.pieces')

local M = {}

--- Accept what is shown. Works from any mapping, also from an expression, since it is done by keys that come next.
---@param kind tandem.Piece
---@return boolean whether something was shown
function M.accept(kind)
  if not ghost.rest() then
    return false
  end
  local close_menu = vim.fn.pumvisible() == 1 and '<C-x><C-z>' or ''
  local keys = ([[%s<C-g>u<Cmd>lua require('tandem.accept').write('%s')<CR><C-g>u]]):format(close_menu, kind)
  vim.api.nvim_feedkeys(vim.keycode(keys), 'ni', false)
  return true
end

---@param kind tandem.Piece
function M.write(kind)
  local rest = ghost.rest()
  if not rest then
    return
  end
  local piece = pieces.first(rest, kind)
  vim.api.nvim_paste(piece, false, -1)
  if piece == rest then
    ghost.accepted()
  else
    ghost.refresh()
  end
end

return M
