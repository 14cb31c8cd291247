--- What the user chose in `setup`.
---
--- Invariant: every option has a value that fits; one that does not is named in a sentence, and its default is used.

local M = {}

M.NAME = 'tandem' -- the server's, and that of its settings

---@class tandem.Options
---@field cmd string[] how the server is started; `model`, `device` and `offline` are put behind it
---@field model? string
---@field device? string
---@field offline boolean whether a model that is not there is never fetched
---@field trigger 'own'|'stock' who asks and shows: Tandem, or Neovim's `vim.lsp.inline_completion`
---@field enabled boolean whether Tandem begins switched on
---@field filetypes table<string, boolean> which filetypes are served; "*" stands for all others
---@field keymap table<string, string|false>|false keys in Insert mode for each action, or none
---@field settings table<string, any> the server's own, in camelCase

---@type tandem.Options
local defaults = {
  cmd = { 'tandem-lsp' },
  model = nil,
  device = nil,
  offline = false,
  trigger = 'own',
  enabled = true,
  filetypes = { ['*'] = true },
  keymap = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-C-Right>',
    next = '<M-]>',
    previous = '<M-[>',
    dismiss = '<C-]>',
    trigger = '<M-Bslash>',
  },
  settings = {},
}

---@type table<string, fun(value: any): boolean>
local fits = {
  cmd = function(value)
    return vim.islist(value) and #value > 0
  end,
  trigger = function(value)
    return value == 'own' or value == 'stock'
  end,
  keymap = function(value)
    return value == false or type(value) == 'table'
  end,
}
for name, kind in pairs({
  model = 'string',
  device = 'string',
  offline = 'boolean',
  enabled = 'boolean',
  filetypes = 'table',
  settings = 'table',
}) do
  fits[name] = function(value)
    return type(value) == kind
  end
end

M.current = vim.deepcopy(defaults)

--- Take the user's options.
---@param given table<string, any>
---@return string[] problems a sentence for each option that was not used
function M.take(given)
  local problems = {}
  M.current = vim.deepcopy(defaults)
  for name, value in vim.spairs(given) do
    if not fits[name] then
      problems[#problems + 1] = ('Tandem has no option "%s"; it was ignored.'):format(name)
    elseif not fits[name](value) then
      problems[#problems + 1] = ('Tandem cannot use %s for "%s".'):format(vim.inspect(value), name)
    elseif type(M.current[name]) == 'table' and type(value) == 'table' and not vim.islist(value) then
      M.current[name] = vim.tbl_extend('force', M.current[name], value)
    else
      M.current[name] = value
    end
  end
  return problems
end

--- The command line of the server.
---@return string[]
function M.command()
  local command = vim.list_extend({}, M.current.cmd)
  command[#command + 1] = '--stdio'
  for _, name in ipairs({ 'model', 'device' }) do
    if M.current[name] then
      vim.list_extend(command, { '--' .. name, M.current[name] })
    end
  end
  if M.current.offline then
    command[#command + 1] = '--offline'
  end
  return command
end

return M
