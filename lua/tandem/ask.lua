--- Questions to the server.
---
--- Invariant: one question is open at most, the newest, and the one that it supersedes is called off. An answer is shown
--- only in the very place that it was asked for: the same buffer, text, cursor and selected entry.

local ghost = require('tandem.ghost')
local place = require('tandem.place')
local popup = require('tandem.popup')
local server = require('tandem.server')

local M = {}

local METHOD = 'textDocument/inlineCompletion'

---@class tandem.Question
---@field client vim.lsp.Client
---@field place tandem.Place
---@field id? integer nil when it has its answer

---@type tandem.Question?
local latest

---@param question? tandem.Question
local function call_off(question)
  if question and question.id then
    question.client:cancel_request(question.id)
    question.id = nil
  end
end

---@param question tandem.Question
---@param items lsp.InlineCompletionItem[]
local function show(question, items)
  if question == latest and place.is_typing() and place.is_here(question.place) then
    ghost.show(question.place, question.client, items)
  end
end

---@param result lsp.InlineCompletionList|lsp.InlineCompletionItem[]|vim.NIL|nil
---@return lsp.InlineCompletionItem[]
local function items_of(result)
  return type(result) == 'table' and (result.items or result) or {}
end

--- Ask for what could stand at the cursor; an explicit question is the user's own.
---@param explicit? boolean
function M.ask(explicit)
  local here = place.here()
  local client = server.client(here.bufnr)
  local older = latest
  latest = nil
  if client then
    local position = function(column)
      local line = vim.api.nvim_get_current_line()
      return { line = here.row, character = vim.str_utfindex(line, client.offset_encoding, column, false) }
    end
    local info = popup.info(here, position)
    if info ~= false then
      local question = { client = client, place = here } ---@type tandem.Question
      local kinds = vim.lsp.protocol.InlineCompletionTriggerKind
      local params = {
        textDocument = vim.lsp.util.make_text_document_params(here.bufnr),
        position = position(here.column),
        context = { triggerKind = explicit and kinds.Invoked or kinds.Automatic, selectedCompletionInfo = info },
      }
      latest = question
      local answered = function(_, result)
        question.id = nil
        show(question, items_of(result))
      end
      question.id = select(2, client:request(METHOD, params, answered, here.bufnr))
    else
      ghost.hide()
    end
  end
  call_off(older) -- after the newer one: what the server has begun for the older may serve it
end

--- Let an answer that is still to come, or to grow, not be shown.
function M.forget()
  call_off(latest)
  latest = nil
end

--- Take what the last answer has grown into; handles the notification `tandem/grown`.
---@param params { textDocument: lsp.VersionedTextDocumentIdentifier, items: lsp.InlineCompletionItem[] }
function M.grown(params)
  local bufnr = vim.uri_to_bufnr(params.textDocument.uri)
  if latest and not latest.id and latest.place.bufnr == bufnr then
    if params.textDocument.version == vim.lsp.util.buf_versions[bufnr] then
      show(latest, params.items)
    end
  end
end

return M
