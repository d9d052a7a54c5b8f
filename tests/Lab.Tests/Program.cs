using Holdfast.Harness.Sites;
using Xunit.Runner.InProc.SystemConsole;

// The real run builds networks. Where none are to be had, it is skipped and says why.
OwnNetwork.Enter(args);
return await ConsoleRunner.Run(args);
