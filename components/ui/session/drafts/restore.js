// A tab remembers by which token the server keeps what was not sent yet in it. After a reload, or when the server
// has given up the connection, the page has a new token: then it asks for what was kept by the one before. Whoever
// comes by a link or an address begins afresh.

const KEY = "image-workbench.draft"

function isReload() {
  const [navigation] = performance.getEntriesByType("navigation")
  return navigation?.type === "reload" || navigation?.type === "back_forward"
}

export default function ({ data, setTriggerValue }) {
  // The token of this page since it was loaded; another one means that its session was given up.
  let before = window.imageWorkbenchDraft
  const isLost = Boolean(before)
  try {
    before ??= isReload() ? sessionStorage.getItem(KEY) : undefined
    sessionStorage.setItem(KEY, data.token)
  } catch {
    // a browser that keeps nothing
  }
  window.imageWorkbenchDraft = data.token
  if (before && before !== data.token) setTriggerValue("before", { token: before, isLost })
}
