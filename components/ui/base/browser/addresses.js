// Images that a run names by their addresses. A browser that loads one tells its server who looks, and what stands in
// a colleague's link was not chosen by the person who opens it: so it is text until somebody asks for the image.

const isInline = url => url.startsWith("data:") // nothing is fetched for these

// The app's own images and inline ones directly; all others in a frame that alone may load from elsewhere.
// `loaded` gets width and height in pixels.
function addressImage(url, name, failed, loaded = () => {}) {
  const own = !/^https?:/i.test(url)
  const shown = document.createElement(own ? "img" : "iframe")
  shown.title = name
  shown.loading = "lazy"
  if (own) {
    shown.alt = name
    shown.onerror = () => shown.replaceWith(failed())
    shown.onload = () => loaded(shown.naturalWidth, shown.naturalHeight)
    shown.src = url
    return shown
  }
  const received = ({ source, data }) => {
    if (source !== shown.contentWindow) return
    window.removeEventListener("message", received)
    if (!data.width) return shown.replaceWith(failed())
    shown.style.aspectRatio = `${Number(data.width)} / ${Number(data.height)}`
    loaded(data.width, data.height)
  }
  window.addEventListener("message", received)
  shown.sandbox = "allow-scripts"
  shown.src = `./address-image?url=${encodeURIComponent(url)}`
  return shown
}

// A button that shows the images of these addresses; nothing where there is none to fetch.
function showButton(urls, show, className) {
  const hosts = [...new Set(urls.filter(url => !isInline(url)).map(hostOf))]
  if (!hosts.length) return undefined
  const button = document.createElement("button")
  button.type = "button"
  button.className = className
  button.textContent = urls.length === 1 ? "Show image" : "Show images"
  button.title = `Your browser fetches from ${hosts.join(", ")}, which then sees your address`
  button.onclick = () => { button.remove(); show() }
  return button
}

function hostOf(url) {
  try {
    return new URL(url).host
  } catch {
    return url
  }
}
