--- Whether Tab is due for what it is there for: indenting.

local M = {}

--- The column that the cursor's line is to begin in, judging by the nearest line above that is not empty.
---@return integer
local function due_column()
  local above = vim.fn.prevnonblank(vim.api.nvim_win_get_cursor(0)[1] - 1)
  if above == 0 then
    return 0
  end
  local line = vim.fn.getline(above):gsub('%s#.*$', ''):gsub('%s//.*$', '') -- a comment behind it opens nothing
  local opens = line:find('[:{(%[]%s*$')
  return vim.fn.indent(above) + (opens and vim.fn.shiftwidth() or 0)
end

--- Whether only blanks stand left of the cursor, and fewer than the line is due.
---@return boolean
function M.is_due()
  local column = vim.api.nvim_win_get_cursor(0)[2]
  local before = vim.api.nvim_get_current_line():sub(1, column)
  return not before:find('%S') and vim.fn.strdisplaywidth(before) < due_column()
end

return M
