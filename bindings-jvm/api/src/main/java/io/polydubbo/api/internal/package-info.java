/** How the Java API works inside. Not for programs: everything here may change in any version. */
package io.polydubbo.api.internal;
