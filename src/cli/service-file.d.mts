export const SERVICE_FILE: string;
export interface Service {
  url: string;
  pid: number;
}
export function writeService(service: Service, path?: string): void;
export function readService(path?: string): Service | null;
export function removeService(pid: number, path?: string): void;
