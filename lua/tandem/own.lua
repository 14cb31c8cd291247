--- Tandem's own trigger: asks at every change, at once, and shows the answer itself.
---
--- Invariant: nothing is on screen, and no question is open, but while typing in a buffer that the server knows.

local accept = require('tandem.accept')
local ask = require('tandem.ask')
local cursor = require('tandem.cursor')
local ghost = require('tandem.ghost')
local place = require('tandem.place')
local popup = require('tandem.popup')

local M = {}

local group = vim.api.nvim_create_augroup('tandem.own', {})

---@type tandem.Place?
local seen

--- Look at what is new: after a change ask, after a mere move of the cursor only say where it is.
local function look()
  if not place.is_typing() or place.is_here(seen) then
    return
  end
  local before = seen
  seen = place.here()
  ghost.refresh()
  local moved = before and before.bufnr == seen.bufnr and before.tick == seen.tick and before.selected == seen.selected
  if moved then
    ask.forget()
    cursor.moved()
  else
    ask.ask()
  end
end

local function leave()
  seen = nil
  ask.forget()
  ghost.hide()
end

---@type table<string, fun()>
local handlers = {
  TextChangedI = look,
  TextChangedP = look,
  CursorMovedI = look,
  CursorMoved = cursor.moved,
  InsertEnter = function()
    vim.schedule(look) -- the cursor is not yet where typing begins
  end,
  CompleteChanged = function()
    popup.changed()
    vim.schedule(look)
  end,
  CompleteDone = function()
    popup.done()
    vim.schedule(look)
  end,
  ModeChanged = function()
    if not place.is_typing() then
      leave()
    end
  end,
  BufLeave = leave,
  WinLeave = leave,
}

---@type table<integer, true>
local served = {}
---@type table<integer, true>
local watched = {}

--- Notice a change as it is made; the events above come when all keys have been taken in.
---@param bufnr integer
local function watch(bufnr)
  watched[bufnr] = watched[bufnr]
    or vim.api.nvim_buf_attach(bufnr, false, {
      on_lines = function()
        ghost.blank()
        watched[bufnr] = served[bufnr]
        return not served[bufnr]
      end,
      on_detach = function()
        watched[bufnr] = nil
      end,
    })
end

--- Serve a buffer.
---@param client vim.lsp.Client
---@param bufnr integer
function M.attach(client, bufnr)
  M.detach(bufnr)
  served[bufnr] = true
  watch(bufnr)
  vim.lsp.inline_completion.enable(false, { client_id = client.id }) -- else its answers would be shown twice
  for event, handler in pairs(handlers) do
    local options = { group = group, buffer = bufnr, callback = handler } ---@type vim.api.keyset.create_autocmd
    vim.api.nvim_create_autocmd(event, options)
  end
  if bufnr == vim.api.nvim_get_current_buf() then
    vim.schedule(look)
  end
end

--- Serve a buffer no more.
---@param bufnr integer
function M.detach(bufnr)
  served[bufnr] = nil
  vim.api.nvim_clear_autocmds({ group = group, buffer = bufnr })
  if bufnr == vim.api.nvim_get_current_buf() then
    leave()
  end
end

M.accept = accept.accept
M.cycle = ghost.cycle

---@return boolean whether something was shown
function M.dismiss()
  ask.forget()
  return ghost.hide()
end

---@return boolean whether it could be asked for
function M.trigger()
  local asks = place.is_typing() and served[vim.api.nvim_get_current_buf()] ~= nil
  if asks then
    ask.ask(true)
  end
  return asks
end

return M
