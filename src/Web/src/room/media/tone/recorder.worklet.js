/** Records so many frames of both ears from its first block on, gives them away at once, and ends. Runs on the audio thread, as it stands. */
registerProcessor(
  'muse-recorder',
  class extends AudioWorkletProcessor {
    constructor({ processorOptions }) {
      super();
      this.left = new Float32Array(processorOptions.frames);
      this.right = new Float32Array(processorOptions.frames);
      this.filled = 0;
    }

    process([[left, right]]) {
      const room = this.left.length - this.filled;
      // Without a source there are no channels; that is silence, and time goes on.
      if (left) this.left.set(left.subarray(0, room), this.filled);
      if (right) this.right.set(right.subarray(0, room), this.filled);
      this.filled += Math.min(room, 128);
      if (this.filled < this.left.length) return true;
      this.port.postMessage({ left: this.left, right: this.right }, [this.left.buffer, this.right.buffer]);
      return false;
    }
  },
);
