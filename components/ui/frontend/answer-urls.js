// Addresses of images as links, in their order; an image that is written out as a data URL is shown.

const known = new WeakMap()

function item(url, place) {
  const box = document.createElement("li")
  const number = document.createElement("span")
  number.className = "badge"
  number.textContent = String(place + 1)
  const fact = document.createElement("span")
  fact.className = "fact"
  box.append(number, fact)
  if (!isInline(url)) {
    fact.append(addressLink(url))
    box.classList.add("link")
    return box
  }
  const img = loadedImage(url, `Image ${place + 1}`, () => {
    fact.textContent = "Your browser cannot show this one. The server may still read it."
    return document.createTextNode("")
  })
  img.onload = () => { fact.textContent = `${img.naturalWidth}x${img.naturalHeight}` }
  box.prepend(img)
  return box
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".previews")
  const key = JSON.stringify(data.urls)
  if (known.get(root) === key) return
  known.set(root, key)
  root.replaceChildren(...data.urls.map(item))
}
