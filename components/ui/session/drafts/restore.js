// A tab remembers by which token the server keeps what was not sent yet in it. After a reload, or when the server
// has given up the connection, the page has a new token: then it asks for what was kept by the one before, and
// remembers that one until the server says that it has restored it. Whoever comes by a link or an address begins afresh.
// What was typed last goes with the token, since the server may not have heard of it.

const DRAFT_KEY = "image-workbench.draft"
const TYPED_KEY = "image-workbench.typed"

const appElement = () => document.querySelector('[data-testid="stApp"]')
const isConnected = () => appElement()?.dataset.testConnectionState === "CONNECTED"
const isIdle = () => isConnected() && appElement().dataset.testScriptState === "notRunning"

function rememberedInTab(name) {
  try {
    return sessionStorage.getItem(name) ?? undefined
  } catch {
    return undefined // a browser that keeps nothing
  }
}

function rememberInTab(name, value) {
  try {
    if (value === undefined) sessionStorage.removeItem(name)
    else sessionStorage.setItem(name, value)
  } catch {
    // a browser that keeps nothing
  }
}

// Returns what the page before this one left: its token, what was typed in it, and its address if it had no server.
function pageBefore() {
  try {
    return JSON.parse(rememberedInTab(TYPED_KEY) ?? "{}")
  } catch {
    return {}
  }
}

// A browser that reached no server shows a page of its own, and takes the next reload for a first visit.
function isReload() {
  const [navigation] = performance.getEntriesByType("navigation")
  return ["reload", "back_forward"].includes(navigation?.type) || pageBefore().cutOff === navigation?.name
}

// What a tab knows of its drafts as long as its page is open.
class TabDraft {
  constructor() {
    this.typed = new TypedTexts()
    addEventListener("pagehide", () => this.leave())
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") return this.leave()
      rememberInTab(TYPED_KEY) // the page is here again, and its fields may change
      if (this.isBehind && isConnected()) this.report()
    })
  }

  update(data, { setStateValue, setTriggerValue }) {
    this.setStateValue = setStateValue
    this.typed.setKeys(data.fields)
    this.watch()
    if (this.own !== data.token) {
      // Another token in an open page means that its session was given up.
      this.isLost = this.own !== undefined
      if (this.isLost) [this.before, this.asked] = [this.token, this.left]
      else if (isReload()) this.comeBack()
      this.own = data.token
    }
    this.whose = data.whose
    const isBack = this.before !== undefined && this.before === data.restored
    if (this.before === data.token || isBack) this.before = this.asked = undefined
    rememberInTab(DRAFT_KEY, this.token)
    if (!this.before) rememberInTab(TYPED_KEY)
    // One more rerun reports what this page shows: a field that missed its restored value is sent it again.
    if (isBack && this.isLost) setTriggerValue("shown", data.restored)
    if (this.before) setTriggerValue("before", { token: this.before, isLost: this.isLost, typed: this.asked })
  }

  comeBack() {
    const { token, typed } = pageBefore()
    this.before = rememberedInTab(DRAFT_KEY)
    this.asked = token === this.before ? typed : undefined
  }

  // The token of what this page would ask for now.
  get token() {
    return this.before ?? this.own
  }

  // Returns these texts after those that are asked for and not restored yet, and whose they are.
  afterEarlier(texts) {
    const earlier = this.asked?.whose === this.whose ? this.asked?.texts : {}
    return { whose: this.whose, texts: { ...earlier, ...texts } }
  }

  leave() {
    const typed = this.afterEarlier(this.typed.unheard(isIdle()))
    rememberInTab(TYPED_KEY, JSON.stringify({ token: this.token, typed, cutOff: isConnected() ? undefined : location.href }))
  }

  watch() {
    const element = appElement()
    if (!element || element === this.watched) return
    this.watched = element
    this.observer?.disconnect()
    this.observer = new MutationObserver(() => this.follow())
    this.observer.observe(element, { attributes: true, attributeFilter: ["data-test-connection-state"] })
  }

  // While no server answers, the browser keeps what the page reports. So the first request to the next server says
  // which draft belongs to this page, and that server never draws the page without it.
  follow() {
    if (!isConnected()) {
      this.isBehind = true
      this.report()
    } else if (this.isBehind) {
      this.typed.restart()
      if (document.visibilityState === "visible") this.report()
    }
  }

  report() {
    if (isConnected()) this.isBehind = false
    this.left = this.afterEarlier(this.typed.shown())
    this.setStateValue("former", { token: this.token, typed: this.left, isConnected: isConnected() })
  }
}

function rememberDraft(data, component) {
  window.imageWorkbenchDraft ??= new TabDraft()
  window.imageWorkbenchDraft.update(data, component)
}
