// Starts the page. Where the libraries of others are missing, it says so: they are no part of the source.

/** @param {string} heading @param {string} text */
function say(heading, text) {
  const place = document.getElementById("app")
  const [title, more] = [document.createElement("h1"), document.createElement("p")]
  title.textContent = heading
  more.textContent = text
  place?.replaceChildren(title, more)
  place?.setAttribute("class", "not-started")
}

/** @param {string} name */
async function isThere(name) {
  const answer = await fetch(new URL(`./libraries/${name}`, import.meta.url), { method: "HEAD" })
  return answer.ok
}

/** @param {string} name @returns {Promise<void>} */
function load(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = new URL(`./libraries/${name}`, import.meta.url).href
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`${name} cannot be loaded.`))
    document.head.append(script)
  })
}

try {
  if (await isThere("preact.js")) {
    await load("fullcalendar.js")
    await load("fullcalendar-theme.js")
    const { start } = await import("./main.js")
    start()
  } else {
    say(
      "The libraries of this page are missing",
      "They could not be fetched when mockcrm was installed. Install it again with access to the npm registry; " +
        "pip's option -v shows what went wrong. The API and its controls work without them.",
    )
  }
} catch (error) {
  say("The page cannot start", String(error))
}
