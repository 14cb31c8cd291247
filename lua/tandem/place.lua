--- A moment while typing, which an answer must still find as it was to be shown.

local popup = require('tandem.popup')

local M = {}

---@class tandem.Place
---@field bufnr integer
---@field window integer
---@field tick integer the buffer's changedtick
---@field row integer from 0
---@field column integer in bytes, from 0
---@field selected? string the entry that is selected in the pop-up menu

---@return tandem.Place
function M.here()
  local bufnr = vim.api.nvim_get_current_buf()
  local cursor = vim.api.nvim_win_get_cursor(0)
  return {
    bufnr = bufnr,
    window = vim.api.nvim_get_current_win(),
    tick = vim.api.nvim_buf_get_changedtick(bufnr),
    row = cursor[1] - 1,
    column = cursor[2],
    selected = popup.selected(),
  }
end

---@param place? tandem.Place
---@return boolean
function M.is_here(place)
  return place ~= nil and vim.deep_equal(place, M.here())
end

--- Whether text is being inserted (not while Replace overwrites it).
---@return boolean
function M.is_typing()
  return vim.startswith(vim.api.nvim_get_mode().mode, 'i')
end

return M
