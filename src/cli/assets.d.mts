/** Makes what the deployment serves beside the service, if it is not made of these sources already. */
export function makeAssets(): Promise<void>;
