export const ROOT: string;
export const DEV_VARS: string;
export function toolPath(command: string): string;
export function toolEnvironment(): NodeJS.ProcessEnv;
