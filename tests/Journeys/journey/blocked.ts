import type { Page } from 'playwright-core';

/**
 * As behind a network that lets no UDP to the server through: the page's connections never learn the server's address. With `relays` the ones
 * that go through a relay only are spared. Call it before the page is opened.
 */
export async function blockMedia(page: Page, relays: 'relays work' | 'relays too'): Promise<void> {
  await page.addInitScript((alsoRelays) => {
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      readonly spared: boolean;

      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.spared = !alsoRelays && configuration?.iceTransportPolicy === 'relay';
      }

      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        return super.setRemoteDescription(
          this.spared ? description : { type: description.type, sdp: (description.sdp ?? '').replace(/a=candidate:.*\r\n/g, '') },
        );
      }
    };
  }, relays === 'relays too');
}
