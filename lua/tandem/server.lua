--- The language server: how it is started, that it comes back, and what it is told of settings.
---
--- Invariant: there is one for all buffers. When it ends without having been asked to, it is started again, until it
--- has done so too often in a short time.

local options = require('tandem.options')
local status = require('tandem.status')
local switch = require('tandem.switch')

local M = {}

local PAUSE_MS = 500
local EXIT_MS = 3000
local WINDOW_MS = 60000
local DEATHS = 3

local deaths_ms = {} ---@type number[]
local restarting = false

---@param bufnr integer
---@return vim.lsp.Client? client that serves the buffer
function M.client(bufnr)
  return vim.lsp.get_clients({ name = options.NAME, bufnr = bufnr })[1]
end

local function start()
  restarting = false
  if switch.is_on() then
    vim.lsp.enable(options.NAME)
  end
end

--- Whether it may be started again by itself.
---@return boolean
local function may_return()
  local now_ms = vim.uv.now()
  deaths_ms[#deaths_ms + 1] = now_ms
  deaths_ms = vim.tbl_filter(function(death_ms)
    return now_ms - death_ms < WINDOW_MS
  end, deaths_ms)
  return #deaths_ms < DEATHS
end

---@param code integer
---@param signal integer
local function ended(code, signal)
  if restarting then
    status.began()
    start()
  elseif code == 0 and signal == 0 then
    status.ended()
  elseif may_return() then
    status.began()
    vim.defer_fn(start, PAUSE_MS)
  else
    status.ended('the server ended several times within a minute')
    local advice = '`:Tandem log` may say why, `:Tandem restart` tries again.'
    vim.notify('Tandem: the server keeps ending; ' .. advice, vim.log.levels.ERROR)
  end
end

--- What `vim.lsp.config` gets to know.
---@param handlers table<string, lsp.Handler> for what the server says beyond LSP
---@return vim.lsp.Config
function M.config(handlers)
  local settings = options.current.settings
  local is_set = next(settings) ~= nil -- an empty table would be sent as a list
  return {
    cmd = options.command(),
    capabilities = { experimental = { tandem = { grown = options.current.trigger == 'own' } } },
    exit_timeout = EXIT_MS,
    flags = { debounce_text_changes = 0 }, -- what the server hears at once it works on before it is asked
    handlers = handlers,
    init_options = is_set and settings or nil,
    settings = is_set and { [options.NAME] = settings } or nil,
    root_dir = function(bufnr, use)
      if switch.allows(bufnr) then
        use(vim.fs.root(bufnr, '.git'))
      end
    end,
    reuse_client = function(client, config)
      return client.name == config.name
    end,
    before_init = status.began,
    on_exit = vim.schedule_wrap(function(code, signal)
      if vim.v.exiting == vim.NIL then
        ended(code, signal)
      end
    end),
  }
end

--- Change settings of the server, for as long as Neovim runs.
---@param settings table<string, any>
function M.configure(settings)
  options.current.settings = vim.tbl_extend('force', options.current.settings, settings)
  local all = { [options.NAME] = options.current.settings }
  vim.lsp.config(options.NAME, { settings = all })
  for _, client in ipairs(vim.lsp.get_clients({ name = options.NAME })) do
    client.settings = all
    client:notify('workspace/didChangeConfiguration', { settings = all })
  end
end

--- Start it afresh.
function M.restart()
  deaths_ms = {}
  local clients = vim.lsp.get_clients({ name = options.NAME })
  restarting = #clients > 0
  for _, client in ipairs(clients) do
    client:stop()
  end
  if not restarting then
    start()
  end
end

return M
