/** Limits that both sides keep. Separate from the client so that the agent does not load its HTTP library. */

/** The longest `wait` of `GET /v1/load` that an agent grants, in seconds. */
export const MAX_WAIT_SECONDS = 60;
