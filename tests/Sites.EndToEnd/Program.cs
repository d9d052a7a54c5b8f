using Holdfast.Sites.EndToEnd.Networks;
using Xunit.Runner.InProc.SystemConsole;

// Everything here runs in a network of our own. Where none is to be had, the tests are skipped and say why.
OwnNetwork.Enter(args);
return args is [HeldNet.Verb] ? await HeldNet.RunAsync() : await ConsoleRunner.Run(args);
