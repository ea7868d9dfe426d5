// Keeps one WebSocket open, with its subscriptions, until it is closed on purpose.

const MAX_PAUSE_MS = 10_000;

export function connect(token, { onMessage, onState, onReady, onGap, isExpired, onExpired }) {
  const wanted = new Set();
  let socket;
  let pause = 500;
  let ready = false;
  let closed = false;

  const send = (message) => socket.send(JSON.stringify(message));

  function open() {
    onState('connecting', 'wait');
    ready = false;
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`);
    socket.addEventListener('open', () => send({ op: 'auth', token }));
    socket.addEventListener('message', ({ data }) => receive(JSON.parse(data)));
    socket.addEventListener('close', ({ code }) => {
      if (closed) return;
      if (code === 4401 || code === 4410 || isExpired()) return onExpired();
      onState('connection lost', 'lost');
      setTimeout(() => !closed && open(), pause * (0.5 + Math.random()));
      pause = Math.min(MAX_PAUSE_MS, pause * 2);
    });
  }

  function receive(message) {
    if (message.channel) onMessage(message.channel, message.data);
    else if (message.op === 'authenticated') {
      ready = true;
      pause = 500;
      if (wanted.size > 0) send({ op: 'subscribe', channels: [...wanted] });
      onState('live', 'live');
      onReady();
    } else if (message.op === 'gap') onGap();
    else if (message.error?.code === 'stream_unavailable') {
      const { channel } = message.error;
      setTimeout(() => !closed && ready && wanted.has(channel) && send({ op: 'subscribe', channels: [channel] }), 2000);
    }
  }

  open();
  return {
    subscribe(channels) {
      for (const channel of channels) wanted.add(channel);
      if (ready) send({ op: 'subscribe', channels });
    },
    unsubscribe(channels) {
      for (const channel of channels) wanted.delete(channel);
      if (ready) send({ op: 'unsubscribe', channels });
    },
    close() {
      closed = true;
      socket.close();
      onState('not connected', 'wait');
    },
  };
}
