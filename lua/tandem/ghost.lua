--- What is suggested, on screen.
---
--- Invariant: what is drawn continues the text up to the cursor to a suggestion, with nothing else changed on its lines
--- since the suggestion was made. So typing it shortens it and removing what was typed brings it back; anything else
--- takes it off the screen.

local place = require('tandem.place')

local M = {}

local namespace = vim.api.nvim_create_namespace('tandem')
local MARK = 1

---@class tandem.Suggestion
---@field whole string its text, behind what stands left of it on its line
---@field command? lsp.Command

---@class tandem.Ghost
---@field bufnr integer
---@field row integer where its texts begin
---@field left integer the least of the line that must be there, in bytes
---@field right string what stands right of the cursor
---@field client_id integer
---@field suggestions tandem.Suggestion[]
---@field index integer

---@type tandem.Ghost?
local current

---@param text string
---@param bufnr integer
---@return string text with the line endings that the buffer's lines are split at
local function in_lines(text, bufnr)
  return vim.bo[bufnr].fileformat == 'unix' and text or (text:gsub('\r\n?', '\n'))
end

--- Draw nothing of it until the next `refresh`: the buffer is changing, and who knows what is drawn meanwhile.
function M.blank()
  if current and vim.api.nvim_buf_is_valid(current.bufnr) then
    vim.api.nvim_buf_del_extmark(current.bufnr, namespace, MARK)
  end
end

--- Take it off the screen.
---@return boolean whether there was something
function M.hide()
  M.blank()
  local ghost = current
  current = nil
  return ghost ~= nil
end

--- Show what the server suggests for a place where the cursor still is; no items take what is shown away.
---@param here tandem.Place
---@param client vim.lsp.Client
---@param items lsp.InlineCompletionItem[]
function M.show(here, client, items)
  if #items == 0 then
    M.hide()
    return
  end
  local line = vim.api.nvim_buf_get_lines(here.bufnr, here.row, here.row + 1, false)[1]
  local left = here.column
  local suggestions = {} ---@type tandem.Suggestion[]
  for _, item in ipairs(items) do
    local column = here.column
    if item.range then
      column = vim.str_byteindex(line, client.offset_encoding, item.range.start.character, false)
    end
    left = math.min(left, column)
    local text = in_lines(item.insertText --[[@as string]], here.bufnr)
    suggestions[#suggestions + 1] = { whole = line:sub(1, column) .. text, command = item.command }
  end
  current = {
    bufnr = here.bufnr,
    row = here.row,
    left = left,
    right = line:sub(here.column + 1),
    client_id = client.id,
    suggestions = suggestions,
    index = 1,
  }
  M.refresh()
end

--- What of the suggestion is still to be written; nil when none is shown that fits.
---@return string?
function M.rest()
  local here = place.here()
  if not current or here.bufnr ~= current.bufnr or not place.is_typing() then
    return nil
  end
  local lines = vim.api.nvim_buf_get_lines(here.bufnr, current.row, here.row + 1, false)
  local last = lines[#lines]
  if not last or last:sub(here.column + 1) ~= current.right then
    return nil
  end
  lines[#lines] = last:sub(1, here.column)
  local before = table.concat(lines, '\n')
  local whole = current.suggestions[current.index].whole
  if #before < current.left or not vim.startswith(whole, before) then
    return nil
  end
  local rest = whole:sub(#before + 1)
  return rest ~= '' and rest or nil
end

---@param text string
---@param column integer the screen column that it begins in, from 0
---@return string text with its tabs as the spaces that they would take
local function without_tabs(text, column)
  local shown, width = '', 0
  for piece in vim.gsplit(text, '\t', { plain = true }) do
    shown = shown .. (' '):rep(width - vim.fn.strdisplaywidth(shown, column)) .. piece
    width = vim.fn.strdisplaywidth(shown .. '\t', column)
  end
  return shown
end

---@param rest string
local function draw(rest)
  assert(current)
  local here = place.here()
  local column = vim.fn.strdisplaywidth(vim.api.nvim_get_current_line():sub(1, here.column))
  local lines = {} ---@type [string, string][][]
  for text in vim.gsplit(rest:gsub('\r', ''), '\n', { plain = true }) do
    lines[#lines + 1] = { { without_tabs(text, #lines == 0 and column or 0), 'TandemGhost' } }
  end
  if #current.suggestions > 1 then
    local count = (' (%d/%d)'):format(current.index, #current.suggestions)
    table.insert(lines[#lines], { count, 'TandemGhostCount' })
  end
  vim.api.nvim_buf_set_extmark(here.bufnr, namespace, here.row, here.column, {
    id = MARK,
    virt_text = table.remove(lines, 1),
    virt_text_pos = 'inline',
    virt_lines = #lines > 0 and lines or nil,
    hl_mode = 'combine',
    undo_restore = false,
  })
end

--- Draw what is left of the suggestion, or take it off the screen if it does not fit any more.
function M.refresh()
  local rest = M.rest()
  if rest then
    draw(rest)
  else
    M.hide()
  end
end

--- Show another of several suggestions.
---@param step integer
---@return boolean whether there was another one
function M.cycle(step)
  if not current or #current.suggestions < 2 then
    return false
  end
  current.index = (current.index - 1 + step) % #current.suggestions + 1
  M.refresh()
  return true
end

--- The suggestion was written to its end: take it off the screen and tell the server.
function M.accepted()
  local ghost = assert(current)
  local client = vim.lsp.get_client_by_id(ghost.client_id)
  local command = ghost.suggestions[ghost.index].command
  M.hide()
  if client and command then
    client:exec_cmd(command, { bufnr = ghost.bufnr })
  end
end

return M
