import type { NetworkInterfaceInfo } from "node:os";

/** The addresses of this machine in its networks (IPv4, not loopback). */
export function lanAddresses(interfaces?: NodeJS.Dict<NetworkInterfaceInfo[]>): string[];
/** To be printed in a terminal. */
export function qrCode(url: string): Promise<string>;
