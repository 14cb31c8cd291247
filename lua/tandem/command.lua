--- `:Tandem`, for what is not done while typing.

local explain = require('tandem.explain')
local server = require('tandem.server')
local status = require('tandem.status')
local switch = require('tandem.switch')

local M = {}

local SCOPES = { 'all', 'buffer', 'filetype' }

--- Say how Tandem is, in a line or two.
local function say_status()
  local report, reason, moving = status.report(), status.reason(), status.moving()
  local words = { 'Tandem: ' .. status.text() }
  if report and report.model ~= '' then
    words[#words + 1] = ('(%s on %s)'):format(report.model, report.device)
  end
  if moving ~= '' then
    words[#words + 1] = '\n' .. moving
  end
  if reason ~= '' then
    words[#words + 1] = '\n' .. reason
  end
  vim.notify(table.concat(words, ' '))
end

---@type table<string, fun(argument?: string)>
local actions = {
  status = say_status,
  explain = explain.show,
  enable = function(scope)
    switch.set(true, scope)
  end,
  disable = function(scope)
    switch.set(false, scope)
  end,
  restart = server.restart,
  log = function()
    vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.log.get_filename()))
  end,
  health = function()
    vim.cmd.checkhealth('tandem')
  end,
}

---@param words string[]
local function run(words)
  local action, argument = actions[words[1] or 'status'], words[2]
  if not action then
    vim.notify(('Tandem: there is no `:Tandem %s`.'):format(words[1]), vim.log.levels.ERROR)
  elseif argument and not vim.list_contains(SCOPES, argument) then
    vim.notify('Tandem: on or off for `all`, this `buffer` or this `filetype`.', vim.log.levels.ERROR)
  else
    action(argument)
  end
end

---@param line string
---@return string[]
local function complete(_, line)
  local words = vim.split(line, '%s+', { trimempty = false })
  local choices = #words == 2 and vim.tbl_keys(actions) or words[2]:find('able$') and SCOPES or {}
  local matching = vim.tbl_filter(function(choice)
    return vim.startswith(choice, words[#words])
  end, choices)
  table.sort(matching)
  return matching
end

function M.create()
  vim.api.nvim_create_user_command('Tandem', function(call)
    run(call.fargs)
  end, { nargs = '*', complete = complete, desc = 'Tandem: status, why the last suggestion, on and off, restart, log' })
end

return M
