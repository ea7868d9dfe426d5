export * from './strategy';
export { completeSettings, isStrategyName, makeStrategy, STRATEGIES, type SettingRule, type StrategyName, type StrategySettings } from './catalog';
export { gridPoint, gridSize, type SettingRange, type SettingRanges } from './grid';
