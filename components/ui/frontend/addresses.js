// Images that a run names by their addresses. A browser that loads one tells its server who looks, and what stands in
// a colleague's link was not chosen by whoever opens it: so it is text, and a link for who wants to see it.

const isInline = url => url.startsWith("data:") // nothing is fetched for these

function addressLink(url) {
  if (!/^https?:/i.test(url)) return document.createTextNode(url)
  const link = document.createElement("a")
  link.textContent = url
  link.href = url
  link.target = "_blank"
  link.rel = "noopener noreferrer"
  link.title = "Open in a new tab: your browser then fetches it from there"
  return link
}

function loadedImage(src, name, failed) {
  const img = document.createElement("img")
  img.alt = name
  img.title = name
  img.loading = "lazy"
  img.onerror = () => img.replaceWith(failed())
  img.src = src
  return img
}
