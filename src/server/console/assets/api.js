// Asks the API in the name of whoever is signed in: the session goes along by itself.

export const account = document.body.dataset.account;
export const role = document.body.dataset.role;

const base = `/v1/accounts/${encodeURIComponent(account)}`;

export const path = (...parts) => [base, ...parts.map(encodeURIComponent)].join("/");

// What went wrong, in a sentence for people.
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export async function ask(address, { method = "GET", body, accept = "application/json" } = {}) {
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused("The server does not answer. Try again when the page has found it.", 0);
  }
  if (response.status === 401) {
    location.reload();
    throw new Refused("The session is over.", 401);
  }
  if (!response.ok) throw new Refused(await sentence(response), response.status);
  return response;
}

async function sentence(response) {
  try {
    const problem = await response.json();
    const fields = (problem.errors ?? []).map((error) => `${error.field}: ${error.message}`);
    return [problem.detail, ...fields].join(" · ");
  } catch {
    return `The server said ${response.status}.`;
  }
}
