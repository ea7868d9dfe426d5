import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import { DnsRouting, FailoverDns, OriginSecret, PublicEndpoint, RegionalWebAcl, StaticSite, TradingDistribution, TradingWebAcl } from '../../../src';

/** Every construct of the layer in its minimal form. */
export function edge(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Edge', env);
  const { alarmActions, accessLogs, certificate, hostedZone } = stack;
  const { webAcl } = stack.create(TradingWebAcl, 'WebAcl');
  stack.create(OriginSecret, 'OriginSecret');
  stack.create(RegionalWebAcl, 'RegionalAcl', { alarmActions });
  stack.create(TradingDistribution, 'Distribution', { loadBalancer: stack.loadBalancer(), webAcl, accessLogs });
  stack.create(StaticSite, 'Site', { webAcl, accessLogs, alarmActions, endpoint: PublicEndpoint.customDomain({ domainName: 'www.example.com', hostedZone, certificate }) });
  const endpoint = (region: string) => ({
    region, healthHost: `${region}.example.com`, target: { bind: () => ({ dnsName: `${region}.elb.amazonaws.com`, hostedZoneId: 'Z35SXDOTRQ7X7K' }) },
  });
  stack.create(FailoverDns, 'Dns', { hostedZone, domainName: 'trade.example.com', routing: DnsRouting.failover(endpoint('us-east-1'), endpoint('us-west-2')), alarmActions });
}
