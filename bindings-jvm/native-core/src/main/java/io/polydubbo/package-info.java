/** What can go wrong, in every PolyDubbo artifact for Java. */
package io.polydubbo;
