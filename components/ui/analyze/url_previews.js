// A list of image addresses. On request, this browser loads the images; the server may reach others.

const known = new WeakMap()

function item(url, place, load) {
  const box = document.createElement("li")
  const fact = document.createElement("span")
  fact.className = "fact"
  fact.title = url
  const number = document.createElement("span")
  number.className = "badge"
  number.textContent = String(place + 1)
  box.append(number, fact)
  if (!load && !isInline(url)) {
    fact.textContent = url
    box.classList.add("placeholder")
    return box
  }
  fact.textContent = "loading"
  const failed = () => {
    fact.textContent = "Your browser cannot load this image. The server may still reach it."
    box.classList.add("placeholder")
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
  const show = load => {
    root.replaceChildren(...data.urls.map((url, place) => item(url, place, load)))
    const button = load ? undefined : showButton(data.urls, () => show(true), "show")
    parentElement.querySelector(".ask").replaceChildren(...(button ? [button] : []))
  }
  show(false)
}
