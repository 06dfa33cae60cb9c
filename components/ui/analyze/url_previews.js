// Images by their addresses, as text; asked for, as this browser can load them. What it cannot load, the server still may.

const known = new WeakMap()

function item(url, place, asked) {
  const box = document.createElement("li")
  const fact = document.createElement("span")
  fact.className = "fact"
  fact.title = url
  const number = document.createElement("span")
  number.className = "badge"
  number.textContent = String(place + 1)
  box.append(number, fact)
  if (!asked && !isInline(url)) {
    fact.textContent = url
    box.classList.add("gone")
    return box
  }
  fact.textContent = "loading"
  const failed = () => {
    fact.textContent = "Your browser cannot show this one. The server may still reach it."
    box.classList.add("gone")
    return document.createTextNode("")
  }
  const loaded = (width, height) => { fact.textContent = `${width}x${height}` }
  box.prepend(addressImage(url, `Image ${place + 1}`, failed, loaded))
  return box
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".previews")
  const key = JSON.stringify(data.urls)
  if (known.get(root) === key) return
  known.set(root, key)
  const show = asked => {
    root.replaceChildren(...data.urls.map((url, place) => item(url, place, asked)))
    const button = asked ? undefined : showButton(data.urls, () => show(true), "show")
    parentElement.querySelector(".ask").replaceChildren(...(button ? [button] : []))
  }
  show(false)
}
