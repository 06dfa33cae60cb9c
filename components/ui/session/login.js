// Reloads the page when its login has ended, so that nobody keeps typing into one that the server ignores. Drafts
// outlive the reload.

export default function ({ data }) {
  const { until, check } = data
  const look = async () => {
    if (document.hidden) return
    const answer = await fetch(check, { cache: "no-store" }).catch(() => null)
    if (answer && answer.status === 401) location.reload()
  }
  const left = until * 1000 - Date.now()
  // setTimeout takes at most 24 days
  const timer = left > 0 && left < 2 ** 31 ? setTimeout(look, left + 1000) : undefined
  document.addEventListener("visibilitychange", look)
  window.addEventListener("focus", look)
  return () => {
    clearTimeout(timer)
    document.removeEventListener("visibilitychange", look)
    window.removeEventListener("focus", look)
  }
}
