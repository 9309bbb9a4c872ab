import type { Page } from 'playwright-core';

/**
 * As behind a network that lets nothing to the server through: the page's connections never learn its address. With `relays work` the ones that go
 * through a relay only are spared; with `TCP works` all learn the server's TCP address. Call it before the page is opened.
 */
export async function blockMedia(page: Page, what: 'relays work' | 'TCP works' | 'nothing works'): Promise<void> {
  await page.addInitScript((works) => {
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      readonly spared: boolean;

      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        this.spared = works === 'relays work' && configuration?.iceTransportPolicy === 'relay';
      }

      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        return super.setRemoteDescription(
          this.spared ? description : { type: description.type, sdp: (description.sdp ?? '').replace(works === 'TCP works' ? /a=candidate:\S+ 1 udp .*\r\n/g : /a=candidate:.*\r\n/g, '') },
        );
      }
    };
  }, what);
}
