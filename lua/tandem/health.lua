--- `:checkhealth tandem`: what there is, what is missing, and what to do about it.

local M = {}

local health = vim.health

local INSTALL = 'Install it in an environment of its own: `uv tool install .` or `pipx install .` in a copy of Tandem.'

---@return boolean
local function check_neovim()
  local is_new_enough = vim.fn.has('nvim-0.12') == 1
  if is_new_enough then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error(('Neovim %s is too old: 0.12 is needed.'):format(tostring(vim.version())))
  end
  return is_new_enough
end

---@param command string[]
local function check_command(command)
  local program = vim.fn.exepath(command[1])
  if program == '' then
    health.error(('There is no program `%s` on the PATH.'):format(command[1]), { INSTALL, 'Or name it in `cmd`.' })
    return
  end
  local call = vim.list_extend(vim.list_slice(command), { '--help' })
  local started, process = pcall(vim.system, call, { text = true })
  local result = started and process:wait(20000) or { code = -1, stderr = tostring(process) }
  if result.code == 0 then
    health.ok(('The server starts: `%s`.'):format(program))
  else
    health.error(('`%s` cannot be run: %s'):format(program, vim.trim(result.stderr)), { INSTALL })
  end
end

---@param report tandem.Report
local function show_report(report)
  local running = report.model ~= '' and (' with %s on %s'):format(report.model, report.device) or ''
  local line = ('The engine is %s%s.'):format(report.state, running)
  if report.reason ~= '' then
    health.warn(line, { report.reason })
  else
    health.ok(line)
  end
  local latency = report.latency_ms
  if report.counts.shown > 0 then
    health.info(('Suggestions come after %.0f ms (p50), %.0f ms (p95).'):format(latency.p50, latency.p95))
  end
  local last = report.last
  if type(last) == 'table' and last.reason ~= '' then
    health.info(('The last request was answered with nothing: %s.'):format(last.reason))
  end
end

---@param client vim.lsp.Client
local function check_client(client)
  local version = client.server_info and client.server_info.version or 'of an unknown version'
  local buffers = vim.tbl_count(client.attached_buffers)
  health.ok(('The server, %s, serves %d buffer%s.'):format(version, buffers, buffers == 1 and '' or 's'))
  local answer, problem = client:request_sync('tandem/status', nil, 5000)
  if answer and answer.result then
    show_report(answer.result)
  else
    health.error(('It does not answer: %s.'):format(problem or 'it has no status'), { 'Try `:Tandem restart`.' })
  end
end

function M.check()
  health.start('Tandem')
  if not check_neovim() then
    return
  end
  local options, status = require('tandem.options'), require('tandem.status')
  check_command(options.current.cmd)
  local clients = vim.lsp.get_clients({ name = options.NAME })
  for _, client in ipairs(clients) do
    check_client(client)
  end
  if #clients > 0 then
    return
  end
  if not vim.lsp.is_enabled(options.NAME) then
    health.warn('Tandem is off.', { "Call `require('tandem').setup({})`, or `:Tandem enable`." })
  elseif status.reason() ~= '' then
    health.error(('No server runs: %s.'):format(status.reason()), { 'See `:Tandem log`, then `:Tandem restart`.' })
  else
    health.info('No server runs yet: it starts with the first file that has a filetype.')
  end
end

return M
