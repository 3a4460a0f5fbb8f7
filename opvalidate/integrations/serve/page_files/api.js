// Requests to the service. Every error is a Problem with a sentence for people.

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let token = "";

/** Use a bearer token from now on. It is in memory only. */
export function useToken(text) {
  token = text;
}

/** Send a body in parts; `query` members that are empty are left out. */
export async function post(path, query, parts) {
  const body = new FormData();
  for (const [name, part] of Object.entries(parts)) {
    if (part) body.append(name, part.blob ?? new Blob([part]), part.name ?? name);
  }
  return send(`${path}?${parameters(query)}`, { method: "POST", body });
}

export async function get(path) {
  return send(path, {});
}

function parameters(query) {
  const given = Object.entries(query).filter(([, value]) => value);
  return new URLSearchParams(given).toString();
}

async function send(address, options) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let response;
  try {
    response = await fetch(address, { ...options, headers, cache: "no-store" });
  } catch {
    throw new Problem(0, "The service does not answer. Is it still running?");
  }
  if (response.ok) return response;
  let detail = `The service answered ${response.status}.`;
  try {
    detail = (await response.json()).detail ?? detail;
  } catch {
    // not from this service: a proxy's page
  }
  throw new Problem(response.status, detail);
}

const known = new Map();

/** The fields of an operation's documents, by path. */
export async function fieldsOf(operation) {
  if (!known.has(operation)) {
    const listed = (await (await get(`fields/${operation}`)).json()).fields;
    known.set(operation, new Map(listed.map((field) => [field.path, field])));
  }
  return known.get(operation);
}
