--- The pop-up menu of Neovim's own completion, and what is selected there.
---
--- A selected entry that is in the text already is text like any other. One that is not ('completeopt' has "noinsert")
--- goes to the server, which suggests what could follow it.

local M = {}

---@type string?
local word

--- Follow the menu; for the event CompleteChanged.
function M.changed()
  word = vim.v.event.completed_item.word
end

--- The menu has gone; for the event CompleteDone.
function M.done()
  word = nil
end

---@return string?
function M.selected()
  return word
end

--- What the server is told of the selected entry: nil where there is none or it is in the text, false where it would
--- replace text that it does not begin with, so that nothing can be shown behind the cursor.
---@param place tandem.Place
---@param position fun(column: integer): lsp.Position
---@return lsp.SelectedCompletionInfo|false|nil
function M.info(place, position)
  local selected = place.selected
  local before = vim.api.nvim_get_current_line():sub(1, place.column)
  if not selected or vim.endswith(before, selected) then
    return nil
  end
  local leader = vim.fn.matchstr(before, [[\k*$]])
  if not vim.startswith(selected, leader) then
    return false
  end
  local range = { start = position(place.column - #leader), ['end'] = position(place.column) }
  return { range = range, text = selected }
end

return M
