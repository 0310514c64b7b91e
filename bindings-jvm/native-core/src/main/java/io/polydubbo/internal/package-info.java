/** The border to the native library. Not for programs: everything here may change in any version. */
package io.polydubbo.internal;
