--- Tandem in Neovim: ghost text from a small code model on your own machine.
---
---     require('tandem').setup({})
---
--- Needs Neovim 0.12 and the command `tandem-lsp`; `:checkhealth tandem` says what is missing.

local M = {}

local OLDEST = '0.12'

---@return table what serves buffers: `tandem.own` or `tandem.stock`
local function trigger()
  return require('tandem.' .. require('tandem.options').current.trigger)
end

---@param sentence string
local function warn(sentence)
  vim.notify(sentence, vim.log.levels.WARN)
end

local function highlight()
  vim.api.nvim_set_hl(0, 'TandemGhost', { default = true, link = 'ComplHint' })
  vim.api.nvim_set_hl(0, 'TandemGhostCount', { default = true, link = 'ComplHintMore' })
end

local function follow_buffers()
  local group = vim.api.nvim_create_augroup('tandem', {})
  local function served(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    return client and client.name == require('tandem.options').NAME and client
  end
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    callback = function(event)
      local client = served(event)
      if client then
        trigger().attach(client, event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('LspDetach', {
    group = group,
    callback = function(event)
      if served(event) then
        trigger().detach(event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = highlight })
end

---@return table<string, lsp.Handler>
local function handlers()
  return {
    ['tandem/status'] = function(_, report)
      require('tandem.status').heard(report)
    end,
    ['tandem/grown'] = function(_, params)
      require('tandem.ask').grown(params)
    end,
  }
end

---@return table<string, fun(): boolean>
local function actions()
  return {
    accept = function()
      return not require('tandem.indent').is_due() and M.accept()
    end,
    accept_word = M.accept_word,
    accept_line = M.accept_line,
    next = M.next,
    previous = M.previous,
    dismiss = M.dismiss,
    trigger = M.trigger,
  }
end

--- Configure Tandem and switch it on.
---@param given? table see `tandem.Options` in options.lua
function M.setup(given)
  if vim.fn.has('nvim-' .. OLDEST) == 0 then
    return warn(('Tandem needs Neovim %s or newer.'):format(OLDEST))
  end
  local options, server = require('tandem.options'), require('tandem.server')
  for _, problem in ipairs(options.take(given or {})) do
    warn(problem)
  end
  highlight()
  follow_buffers()
  require('tandem.command').create()
  if options.current.keymap then
    require('tandem.keymap').set(options.current.keymap --[[@as table]], actions())
  end
  vim.lsp.config(options.NAME, server.config(handlers()))
  local program = options.current.cmd[1]
  if vim.fn.executable(program) == 0 then
    return warn(('Tandem: there is no program %s; `:checkhealth tandem` says what to do.'):format(program))
  end
  vim.lsp.enable(options.NAME, options.current.enabled)
end

--- Write what is shown into the buffer. This and the next ones can be called from any mapping in Insert mode, also from
--- an expression; each says whether there was something to do.
---@return boolean
function M.accept()
  return trigger().accept('whole')
end

---@return boolean
function M.accept_word()
  return trigger().accept('word')
end

---@return boolean
function M.accept_line()
  return trigger().accept('line')
end

--- Show the next of several suggestions.
---@return boolean
function M.next()
  return trigger().cycle(1)
end

---@return boolean
function M.previous()
  return trigger().cycle(-1)
end

--- Take what is shown off the screen, until something is typed.
---@return boolean
function M.dismiss()
  return trigger().dismiss()
end

--- Ask for suggestions now; there may be several.
---@return boolean
function M.trigger()
  return trigger().trigger()
end

--- A few words for a statusline: off, starting, loading 40 %, ready 38 ms, slow, failed. They change with the event
--- `User TandemStatus`.
---@return string
function M.status()
  return require('tandem.status').text()
end

--- Switch Tandem on: everywhere, or for the current buffer or its filetype.
---@param scope? tandem.Scope
function M.enable(scope)
  require('tandem.switch').set(true, scope)
end

--- Switch it off likewise.
---@param scope? tandem.Scope
function M.disable(scope)
  require('tandem.switch').set(false, scope)
end

--- Change settings of the server, by the names that README has.
---@param settings table<string, any>
function M.configure(settings)
  require('tandem.server').configure(settings)
end

return M
