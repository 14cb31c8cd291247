--- Keys in Insert mode.
---
--- Invariant: a key does what it did before, a mapping of somebody else's included, whenever there is nothing for it to
--- do here.

local M = {}

local DESCRIPTION = 'Tandem: '

---@type table<string, fun()> what the keys did before they were mapped here
local formers = {}

--- What a mapping does, or the key by itself where there is none.
---@param key string
---@param map table<string, any> as from maparg()
---@return fun()
local function doing(key, map)
  local flags = map.noremap == 0 and 'mi' or 'ni'
  if vim.tbl_isempty(map) then
    return function()
      vim.api.nvim_feedkeys(vim.keycode(key), 'nit', false)
    end
  elseif map.expr == 1 then
    return function()
      local keys = map.callback and map.callback() or vim.api.nvim_eval(map.rhs)
      keys = type(keys) == 'string' and keys or ''
      vim.api.nvim_feedkeys(map.replace_keycodes == 1 and vim.keycode(keys) or keys, flags, false)
    end
  end
  return map.callback or function()
    vim.api.nvim_feedkeys(vim.keycode(map.rhs), flags, false)
  end
end

--- Map keys to actions, each of which says whether there was something for it to do.
---@param keymap table<string, string|false>
---@param actions table<string, fun(): boolean>
function M.set(keymap, actions)
  for name, key in pairs(keymap) do
    local action = actions[name]
    if key and action then
      local map = vim.fn.maparg(key, 'i', false, true)
      if not vim.startswith(map.desc or '', DESCRIPTION) then
        formers[key] = doing(key, map)
      end
      vim.keymap.set('i', key, function()
        if not action() then
          formers[key]()
        end
      end, { desc = DESCRIPTION .. name:gsub('_', ' ') })
    end
  end
end

return M
