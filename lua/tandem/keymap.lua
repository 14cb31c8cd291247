--- Keys in Insert mode.
---
--- Invariant: a key does what it did before, a mapping of somebody else's included, whenever there is nothing for it to
--- do here.

local M = {}

---@param keys string
---@param flags string
local function feed(keys, flags)
  vim.api.nvim_feedkeys(vim.keycode(keys), flags, false)
end

--- What the key does by itself, or by the mapping that it has now.
---@param key string
---@return fun()
local function former(key)
  local map = vim.fn.maparg(key, 'i', false, true)
  if vim.tbl_isempty(map) then
    return function()
      feed(key, 'nit')
    end
  end
  local flags = map.noremap == 1 and 'ni' or 'mi'
  return function()
    if map.expr == 1 then
      local keys = map.callback and map.callback() or vim.api.nvim_eval(map.rhs)
      feed(type(keys) == 'string' and keys or '', flags)
    elseif map.callback then
      map.callback()
    else
      feed(map.rhs, flags)
    end
  end
end

--- Map keys to actions, each of which says whether there was something for it to do.
---@param keymap table<string, string|false>
---@param actions table<string, fun(): boolean>
function M.set(keymap, actions)
  for name, key in pairs(keymap) do
    local action = actions[name]
    if key and action then
      local otherwise = former(key)
      vim.keymap.set('i', key, function()
        if not action() then
          otherwise()
        end
      end, { desc = 'Tandem: ' .. name:gsub('_', ' ') })
    end
  end
end

return M
