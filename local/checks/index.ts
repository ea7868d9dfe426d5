import { gatewayExchangeCheck } from './gateway-exchange';
import { multiRegionExchangeCheck } from './multi-region-exchange';
import { realtimeSimulatorCheck } from './realtime-simulator';
import { retailCheck } from './retail-exchange';
import { serverlessCheck } from './serverless-simulator';
import type { CheckFactory } from './system-check';

/** The check of each system, by its class. */
export const CHECKS: Readonly<Record<string, CheckFactory>> = {
  GatewayExchange: gatewayExchangeCheck,
  MultiRegionExchange: multiRegionExchangeCheck,
  RealtimeSimulator: realtimeSimulatorCheck,
  RetailExchange: retailCheck,
  ServerlessSimulator: serverlessCheck,
};
