--- What a word and a line of a suggestion are.

local M = {}

---@alias tandem.Piece 'whole'|'word'|'line'

--- A word is what an identifier or a run of other characters takes, with the blanks and the line break before it.
---@param text string not empty
---@return string
local function word(text)
  local blanks = text:match('^%s*')
  local rest = text:sub(#blanks + 1)
  return blanks .. (rest:match('^[%w_\128-\255]+') or rest:match('^[^%w_%s\128-\255]+') or '')
end

--- A line ends before the line break; at a line's end it is that break and the line behind it.
---@param text string not empty
---@return string
local function line(text)
  return text:match('^\r?\n?[^\r\n]*')
end

---@param text string what is left of a suggestion, not empty
---@param kind tandem.Piece
---@return string piece that it begins with
function M.first(text, kind)
  if kind == 'word' then
    return word(text)
  end
  return kind == 'line' and line(text) or text
end

return M
