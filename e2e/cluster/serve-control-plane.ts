/**
 * Runs a control plane for as long as its standard input is open, and prints the path of its kubeconfig as one line.
 * A test runner that is killed closes the pipe, so nothing is left behind.
 */
import { startControlPlane } from './control-plane.js';

const controlPlane = await startControlPlane({
  controllerManager: true,
  progress: (message) => console.error(message),
});
console.log(controlPlane.kubeconfigPath);
process.stdin.resume();
process.stdin.once('end', () => {
  void controlPlane.stop().then(() => process.exit(0));
});
