/** What the services of the tests are configured with. */
export const authSecret = "e2e-auth-secret-of-more-than-32-bytes";
export const apiKey = "e2e-api-key-that-is-longer-than-32-bytes";
