import { parseFlags } from './flags';

test('the flags of the benchmark, with their defaults', () => {
  expect(parseFlags([])).toEqual({ rate: 500, seconds: 30, warmup: 10, tasks: 1, system: 'RealtimeSimulator', transport: 'http', stages: true, json: false });
  expect(parseFlags(['--rate', '1000', '--seconds', '5', '--warmup', '0', '--tasks', '2', '--json'])).toEqual({
    rate: 1_000, seconds: 5, warmup: 0, tasks: 2, system: 'RealtimeSimulator', transport: 'http', stages: true, json: true,
  });
  expect(parseFlags(['--system', 'ServerlessSimulator', '--no-stages'])).toMatchObject({ rate: 20, stages: false });
  expect(parseFlags(['--system', 'ServerlessSimulator', '--rate', '40'])).toMatchObject({ rate: 40 });
  expect(parseFlags(['--help'])).toBeUndefined();
});

test.each([['--rate', '0'], ['--rate', '1e3'], ['--seconds', '-1'], ['--tasks', '2.5'], ['--rate', '']])('%s %p is refused with the flag\'s name', (flag, value) => {
  expect(() => parseFlags([`${flag}=${value}`])).toThrow(flag);
});
