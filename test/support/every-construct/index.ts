import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { compute } from './compute';
import { data } from './data';
import { delivery } from './delivery';
import { edge } from './edge';
import { governance } from './governance';
import { identity } from './identity';
import { ingress } from './ingress';
import { messaging } from './messaging';
import { network } from './network';
import { observability } from './observability';
import { resilience } from './resilience';
import { security } from './security';

/** What defines every public construct of a layer below a scope, by the name of the layer; in us-east-1 unless said otherwise. */
export const EVERY_CONSTRUCT: Record<string, (scope: Construct, env?: Environment) => void> = {
  governance, network, security, observability, identity, messaging, data, compute, ingress, edge, resilience, delivery,
};

export const LAYERS = Object.keys(EVERY_CONSTRUCT);
