// Images that a run names by their addresses. A browser that loads one tells its server who looks, and what stands in
// a colleague's link was not chosen by whoever opens it: so it is text until somebody asks for the image.

const isInline = url => url.startsWith("data:") // nothing is fetched for these

function addressImage(url, name, failed) {
  const img = document.createElement("img")
  img.alt = name
  img.title = name
  img.loading = "lazy"
  img.referrerPolicy = "no-referrer"
  img.onerror = () => img.replaceWith(failed())
  img.src = url
  return img
}

// A button that shows the images of these addresses; nothing where there is none to fetch.
function showButton(urls, show, className) {
  const hosts = [...new Set(urls.filter(url => !isInline(url)).map(hostOf))]
  if (!hosts.length) return undefined
  const button = document.createElement("button")
  button.type = "button"
  button.className = className
  button.textContent = urls.length === 1 ? "Show image" : "Show images"
  button.title = `Your browser fetches from ${hosts.join(", ")}, which then knows of you`
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
