// Pictures by their addresses, as this browser can load them. What it cannot load, the server still may.

const known = new WeakMap()

function item(url, place) {
  const box = document.createElement("li")
  const img = document.createElement("img")
  img.alt = `Picture ${place + 1}`
  img.referrerPolicy = "no-referrer"
  img.title = url
  const fact = document.createElement("span")
  fact.className = "fact"
  fact.textContent = "loading"
  img.onload = () => { fact.textContent = `${img.naturalWidth}x${img.naturalHeight}` }
  img.onerror = () => {
    img.remove()
    fact.textContent = "Your browser cannot show this one. The server may still reach it."
    fact.title = url
    box.classList.add("gone")
  }
  const number = document.createElement("span")
  number.className = "badge"
  number.textContent = String(place + 1)
  box.append(img, number, fact)
  img.src = url
  return box
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".previews")
  const key = JSON.stringify(data.urls)
  if (known.get(root) === key) return
  known.set(root, key)
  root.replaceChildren(...data.urls.map(item))
}
