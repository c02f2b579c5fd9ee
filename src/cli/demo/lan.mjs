// `npm start -- --lan`: where a phone in the same network finds the page, as an address and as a QR code.
import { networkInterfaces } from "node:os";

/** The addresses of this machine in its networks (IPv4, not loopback). */
export function lanAddresses(interfaces = networkInterfaces()) {
  return Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}

/**
 * @param {string} url
 * @returns {Promise<string>} to be printed in a terminal
 */
export async function qrCode(url) {
  const { renderUnicodeCompact } = await import("uqr");
  return renderUnicodeCompact(url, { border: 2 });
}
