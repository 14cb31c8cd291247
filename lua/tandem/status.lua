--- How Tandem is, in a few words for a statusline, and in full for whoever asks.

local switch = require('tandem.switch')

local M = {}

---@class tandem.Report what `tandem/status` says, as far as it is used here
---@field state string
---@field reason string why there is less service than there should be
---@field model string
---@field device string
---@field step_ms number
---@field slow boolean
---@field loading? { stage: string, done: integer, total: integer }
---@field last? { outcome: string, reason: string, total_ms: number }
---@field counts { shown: integer }
---@field latency_ms { p50: number, p95: number }
---@field simulated? { step_ms: number, p50_ms: number, p95_ms: number } of a simulated device, on its own clock

local running = false
local failure = '' ---@type string why it does not run
---@type tandem.Report?
local report

---@type string?
local told

--- Let everybody know that the words have changed, by the User event TandemStatus.
local function announce()
  local words = M.text()
  if words ~= told then
    told = words
    vim.api.nvim_exec_autocmds('User', { pattern = 'TandemStatus', modeline = false })
  end
end

--- The server is being started.
function M.began()
  running, failure, report = true, '', nil
  announce()
end

--- The server has ended, for a reason unless it was asked to.
---@param reason? string
function M.ended(reason)
  running, failure, report = false, reason or '', nil
  announce()
end

--- The server says how it is; handles the notification `tandem/status`.
---@param news tandem.Report
function M.heard(news)
  report = news
  announce()
end

---@return tandem.Report?
function M.report()
  return report
end

--- Why there is less service than there should be; empty when there is not.
---@return string
function M.reason()
  return failure ~= '' and failure or report and report.reason or ''
end

---@param now tandem.Report
---@return string? how far what is being made ready is; nil when nothing is
local function progress(now)
  local loading = now.loading
  if type(loading) == 'table' then
    return loading.total > 0 and ('loading %d %%'):format(100 * loading.done / loading.total) or 'loading'
  end
end

--- What is being made ready while another serves; empty when nothing is.
---@return string
function M.moving()
  local loading = report and report.state == 'ready' and progress(report)
  return loading and ('another model or device: %s'):format(loading) or ''
end

---@param now tandem.Report
---@return string
local function words(now)
  if now.state == 'failed' then
    return 'failed'
  elseif now.state ~= 'ready' then
    return progress(now) or 'starting'
  end
  local state, p50_ms = now.slow and 'slow' or 'ready', now.latency_ms.p50
  local said = p50_ms > 0 and ('%s %.0f ms'):format(state, p50_ms) or state
  local simulated = now.simulated
  if type(simulated) == 'table' and simulated.p50_ms > 0 then
    said = ('%s, %s (simulated) %.1f ms'):format(said, now.device, simulated.p50_ms)
  end
  return said
end

--- A few words on the current buffer: off, starting, loading 40 %, ready 38 ms, slow, failed.
---@return string
function M.text()
  if failure ~= '' then
    return 'failed'
  end
  if not running or not switch.allows(vim.api.nvim_get_current_buf()) then
    return 'off'
  end
  return report and words(report) or 'starting'
end

return M
