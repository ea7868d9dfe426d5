/** Compiles the library as it is published: jsii, and an entry point that loads what is used. */
import { compile } from './packaging/assembly';

compile();
