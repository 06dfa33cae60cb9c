// A tab remembers by which token the server keeps what was not sent yet in it. After a reload, or when the server
// has given up the connection, the page has a new token: then it asks for what was kept by the one before, and
// remembers that one until the server says that it has restored it. Whoever comes by a link or an address begins afresh.

const DRAFT_KEY = "image-workbench.draft"

function isReload() {
  const [navigation] = performance.getEntriesByType("navigation")
  return navigation?.type === "reload" || navigation?.type === "back_forward"
}

function rememberedDraft() {
  try {
    return isReload() ? sessionStorage.getItem(DRAFT_KEY) : undefined
  } catch {
    return undefined // a browser that keeps nothing
  }
}

function rememberToken(token) {
  try {
    sessionStorage.setItem(DRAFT_KEY, token)
  } catch {
    // a browser that keeps nothing
  }
}

function rememberDraft(data, setTriggerValue) {
  // The tokens of this page since it was loaded: its own, and the one before while that is not restored.
  let tokens = window.imageWorkbenchDraft
  if (tokens?.own !== data.token) {
    // Another token in an open page means that its session was given up.
    const isLost = Boolean(tokens)
    tokens = { own: data.token, before: isLost ? (tokens.before ?? tokens.own) : rememberedDraft(), isLost }
  }
  const isBack = tokens.before !== undefined && tokens.before === data.restored
  if (tokens.before === data.token || isBack) tokens.before = undefined
  window.imageWorkbenchDraft = tokens
  rememberToken(tokens.before ?? tokens.own)
  // One more rerun reports what this page shows: a field that missed its restored value is sent it again.
  if (isBack && tokens.isLost) setTriggerValue("shown", data.restored)
  if (tokens.before) setTriggerValue("before", { token: tokens.before, isLost: tokens.isLost })
}
