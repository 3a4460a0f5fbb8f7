// Elements, and small functions about text. Nothing is ever parsed as HTML: text stays text.

/** Make an element: attributes and properties, then children. A property that starts with "on" is a listener. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list" && name !== "form") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

export function button(text, onclick, more = {}) {
  return element("button", { type: "button", className: "button", textContent: text, onclick, ...more });
}

/** A select with options: texts, or [value, text] pairs. */
export function select(options, properties = {}) {
  const made = element("select", properties);
  for (const option of options) {
    const [value, text] = Array.isArray(option) ? option : [option, option];
    made.append(element("option", { value, textContent: text }));
  }
  return made;
}

/** Save bytes or text as a file on the reader's machine. */
export function download(name, data, type = "application/octet-stream") {
  const address = URL.createObjectURL(new Blob([data], { type }));
  const link = element("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The steps of a JSON Pointer. */
export function steps(pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The field of a pointer, as the service lists it: /Customer/Contacts/0/Email is Customer.Contacts[].Email. */
export function fieldPath(pointer) {
  return steps(pointer).reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[]`;
    return path ? `${path}.${step}` : step;
  }, "");
}

/** A pointer for people: /Customer/Contacts/0/WebsiteUrl is Customer › Contacts 1 › Website URL. */
export function fieldLabel(pointer) {
  const parts = [];
  for (const step of steps(pointer)) {
    if (/^\d+$/.test(step) && parts.length) parts[parts.length - 1] += ` ${Number(step) + 1}`;
    else parts.push(words(step));
  }
  return parts.join(" › ");
}

export function words(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/\bUrl\b/, "URL").replace(/\bAws\b/, "AWS");
}

/** The letters of a sheet's column: 1 is A, 27 is AA. */
export function columnName(number) {
  let name = "";
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}
